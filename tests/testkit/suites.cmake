# The back end for the test kit of the Neo4j drivers (README.md in this folder). Built with the tests, never installed.
set(testkit_sources main channel objects values parameters calendar drivers sessions results summaries)
list(TRANSFORM testkit_sources PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/testkit/)
list(TRANSFORM testkit_sources APPEND .c)
add_executable(testkit_backend ${testkit_sources})
target_link_libraries(testkit_backend PRIVATE hm_bolt_internal hm_flags PkgConfig::CJSON m)

if(Python3_FOUND)
  # It speaks the kit's protocol; and the kit itself, when there is one: this needs $TESTKIT, and an hour.
  set(testkit_folder ${CMAKE_CURRENT_SOURCE_DIR}/testkit)
  add_test(NAME testkit/backend COMMAND ${Python3_EXECUTABLE} ${testkit_folder}/test_backend.py $<TARGET_FILE:testkit_backend>)
  add_test(NAME bolt/testkit COMMAND ${Python3_EXECUTABLE} ${testkit_folder}/run.py $<TARGET_FILE:testkit_backend>)
  set_tests_properties(testkit/backend bolt/testkit PROPERTIES LABELS bolt ENVIRONMENT
    "HMREC_RUN=${CMAKE_CROSSCOMPILING_EMULATOR};PYTHONDONTWRITEBYTECODE=1")
  set_tests_properties(bolt/testkit PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 7200)
endif()
