# The .deb: cpack --config build/release/CPackConfig.cmake, or script/package.
# Depends is read from the binary by dpkg-shlibdeps.
if(TARGET pagewake)
  install(TARGETS pagewake RUNTIME DESTINATION bin)
  install(FILES packaging/systemd/pagewake.service DESTINATION lib/systemd/system)
  install(FILES packaging/systemd/pagewake.toml DESTINATION /etc/pagewake)
  install(FILES README.md CHANGELOG.md LICENSE ingest/docs/operating.md ingest/docs/api.md
          ingest/docs/licenses.md DESTINATION share/doc/pagewake)
  install(FILES packaging/nginx/pagewake.conf packaging/systemd/tls.conf packaging/prometheus/alerts.yml
          packaging/prometheus/prometheus.yml packaging/grafana/pagewake.json
          DESTINATION share/doc/pagewake/examples)

  set(CPACK_GENERATOR DEB)
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
  set(CPACK_PACKAGE_NAME pagewake)
  set(CPACK_PACKAGE_CONTACT "Pagewake maintainers <maintainers@pagewake.example>")
  set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "self-hosted real-user monitoring")
  set(CPACK_STRIP_FILES ON)
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PACKAGE_SECTION net)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_PACKAGE_SUGGESTS "nginx, prometheus")
  set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${CMAKE_SOURCE_DIR}/packaging/deb/conffiles;${CMAKE_SOURCE_DIR}/packaging/deb/postinst;${CMAKE_SOURCE_DIR}/packaging/deb/prerm")
  set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
  include(CPack)
endif()
