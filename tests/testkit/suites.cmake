# The back end for the test kit of the Neo4j drivers (README.md in this folder). Built with the tests, never installed.
set(testkit_sources main channel objects values parameters calendar drivers sessions results summaries)
list(TRANSFORM testkit_sources PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/testkit/)
list(TRANSFORM testkit_sources APPEND .c)
add_executable(testkit_backend ${testkit_sources})
target_link_libraries(testkit_backend PRIVATE hm_bolt hm_flags PkgConfig::CJSON m)
