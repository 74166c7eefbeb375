# hm_fuzz(room noun variations): tests/fuzz/fuzz_NOUN.c is a libFuzzer target. In every build its corpus and crashers, and so many
# seeded variations of each, are replayed as a test; with clang and -DHM_FUZZ=ON the fuzzer itself is built:
#   cmake --preset fuzz && cmake --build --preset fuzz --target fuzz_weights
#   build/fuzz/tests/fuzz_weights -max_len=40000 NEW_CORPUS tests/fuzz/corpus/weights
# A crash that it finds is fixed, and its input kept as tests/fuzz/crashers/NOUN/WHAT-IT-DOES.
option(HM_FUZZ "Build the fuzzers (clang)" OFF)
if(HM_FUZZ)
  target_compile_options(hm_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

function(hm_fuzz room noun variations)
  set(folder ${CMAKE_CURRENT_SOURCE_DIR}/fuzz)
  add_executable(replay_${noun} ${folder}/fuzz_${noun}.c ${folder}/replay.c)
  target_include_directories(replay_${noun} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/support)
  target_link_libraries(replay_${noun} PRIVATE hm_${room}_internal hm_base hm_flags PkgConfig::CHECK)
  add_test(NAME fuzz/${noun} COMMAND replay_${noun} ${variations} ${folder}/corpus/${noun} ${folder}/crashers/${noun})
  set_tests_properties(fuzz/${noun} PROPERTIES LABELS "fuzz;${room}")
  if(HM_FUZZ)
    add_executable(fuzz_${noun} ${folder}/fuzz_${noun}.c)
    target_link_libraries(fuzz_${noun} PRIVATE hm_${room}_internal hm_flags)
    target_link_options(fuzz_${noun} PRIVATE -fsanitize=fuzzer)
  endif()
endfunction()

hm_fuzz(weights weights 100)
hm_fuzz(image image 100)
if(TARGET PkgConfig::PNG)
  hm_fuzz(image png 100)
endif()
if(TARGET PkgConfig::WEBP)
  hm_fuzz(image webp 100)
endif()
hm_fuzz(bolt bolt 100)
hm_fuzz(pipeline csv 300)
hm_fuzz(pipeline requests 300)
