hm_check(pipeline csv_reader)
hm_check(pipeline jobs)
target_link_options(check_jobs PRIVATE -Wl,--wrap=readdir -Wl,--wrap=getdelim)
if(NOT CMAKE_CROSSCOMPILING_EMULATOR) # a quarter of an hour there
  hm_check(pipeline screened LINK PkgConfig::SQLITE)
endif()
