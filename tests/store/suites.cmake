hm_check(store sqlite LINK PkgConfig::SQLITE)
