hm_check(nn golden)
