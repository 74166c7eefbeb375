hm_check(nn golden)
target_compile_definitions(check_golden PRIVATE HM_EMULATED=$<BOOL:${CMAKE_CROSSCOMPILING_EMULATOR}>)
hm_check(nn knn)
