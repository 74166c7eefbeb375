# AVX-512's vectors and tile in the instructions that every CPU has: its arithmetic is tested where AVX-512 is not.
nn_isa(wide 16 12 32 -Wno-psabi)
# bf16 likewise, and with it whatever the layers do for a precision that is not f32.
set(emulated ${CMAKE_CURRENT_SOURCE_DIR}/nn/bf16_emulated.c)
hm_check(nn golden)
hm_check(nn knn)
hm_check(nn kept)
hm_check(nn screen LINK nn_kernels_wide)
hm_check(nn kernels LINK nn_kernels_wide)
hm_check(nn layers LINK nn_kernels_wide SOURCES ${emulated})
hm_check(nn stem LINK nn_kernels_wide)
hm_check(nn model)
hm_check(nn precisions LINK hm_image nn_kernels_wide SOURCES ${emulated})
