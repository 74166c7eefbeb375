hm_check(nn golden)
hm_check(nn knn)
