# SPDX-License-Identifier: MIT
# Everything comes from the distribution's packages; ./dev setup installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS C)
pkg_check_modules(LIBJPEG REQUIRED IMPORTED_TARGET libjpeg)
pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET openssl)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
# libcsv brings no .pc file.
find_path(CSV_INCLUDE_DIR csv.h REQUIRED)
find_library(CSV_LIBRARY csv REQUIRED)
add_library(hm_libcsv INTERFACE)
target_include_directories(hm_libcsv SYSTEM INTERFACE ${CSV_INCLUDE_DIR})
target_link_libraries(hm_libcsv INTERFACE ${CSV_LIBRARY})
# Contact sheets; without Cairo the gallery is the page alone.
option(HM_CAIRO "Draw contact sheets with Cairo where it is installed" ON)
if(HM_CAIRO)
  pkg_check_modules(CAIRO IMPORTED_TARGET cairo)
endif()
# Line editing and history of hmrec cypher; without libedit lines come as the terminal gives them.
option(HM_EDIT "Edit lines with libedit where it is installed" ON)
if(HM_EDIT)
  pkg_check_modules(EDIT IMPORTED_TARGET libedit)
endif()
if(HM_TESTS)
  pkg_check_modules(CHECK REQUIRED IMPORTED_TARGET check)
endif()
