hm_check(image pixels)
hm_check(image paths LINK PkgConfig::LIBJPEG)
hm_check(image damage)
hm_check(image file)
