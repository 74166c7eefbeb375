hm_check(base status)
hm_check(base mem)
hm_check(base utf8)
hm_check(base text LINK PkgConfig::CJSON)
