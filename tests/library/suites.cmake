# What holds for libhmrec and for all binaries: exported symbols, headers, walls between rooms, hardening, installation, examples.
# hm_library_test(noun label...): tests/library/test_NOUN.py with the tools of this build in its environment.
find_program(HM_CXX NAMES g++ clang++ c++)
function(hm_library_test noun)
  if(NOT Python3_FOUND)
    return()
  endif()
  add_test(NAME library/${noun} COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/library/test_${noun}.py)
  set_tests_properties(library/${noun} PROPERTIES LABELS "library;${ARGN}" SKIP_RETURN_CODE 77 ENVIRONMENT
    "HMREC_BIN=$<TARGET_FILE:hmrec>;HMREC_RUN=${CMAKE_CROSSCOMPILING_EMULATOR};HM_BUILD=${PROJECT_BINARY_DIR};HM_CC=${CMAKE_C_COMPILER};HM_CXX=${HM_CXX};HM_NM=${CMAKE_NM};HM_READELF=${CMAKE_READELF};HM_CMAKE=${CMAKE_COMMAND};HM_MACHINE=${CMAKE_SYSTEM_PROCESSOR};PYTHONPATH=${CMAKE_CURRENT_SOURCE_DIR}/support;PYTHONDONTWRITEBYTECODE=1")
endfunction()

hm_library_test(headers)
hm_library_test(walls)
hm_library_test(docs)
if(TARGET hmrec_shared)
  hm_library_test(symbols)
  hm_library_test(install cli) # runs what it builds
  if(HM_HARDEN AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    hm_library_test(hardening)
  endif()
endif()
