hm_check(bolt packstream)
