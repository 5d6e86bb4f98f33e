# Installs the library, its headers and the files that find_package(tailfit) reads.

install(TARGETS tailfit EXPORT tailfitTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY include/tailfit DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT tailfitTargets NAMESPACE tailfit:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tailfit)

configure_package_config_file(cmake/tailfitConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/tailfitConfig.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tailfit)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tailfitConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tailfitConfig.cmake
              ${PROJECT_BINARY_DIR}/tailfitConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tailfit)
