hm_check(base status)
hm_check(base mem)
