# AVX-512's vectors and tile in the instructions that every CPU has: its arithmetic is tested where AVX-512 is not.
nn_isa(wide 16 12 32 -Wno-psabi)
hm_check(nn golden)
hm_check(nn knn)
hm_check(nn kernels LINK nn_kernels_wide)
hm_check(nn layers LINK nn_kernels_wide)
hm_check(nn stem LINK nn_kernels_wide)
hm_check(nn model)
hm_check(nn bf16 LINK hm_image)
