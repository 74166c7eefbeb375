# SPDX-License-Identifier: MIT
# Everything comes from the distribution's packages; ./dev setup installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS C)

# hm_package(NAME MODULE... FOR "what it gives" [OPTION HM_NAME]): the pkg-config modules, each of whose functions are called, as
# target PkgConfig::NAME. What has an OPTION may be absent or switched off; the target is then absent too. hm_summary()
# (summary.cmake) says what was found.
function(hm_package name module)
  cmake_parse_arguments(PACKAGE "" "FOR;OPTION" "" ${ARGN})
  set(modules ${module} ${PACKAGE_UNPARSED_ARGUMENTS})
  set(state "")
  if(NOT PACKAGE_OPTION)
    pkg_check_modules(${name} REQUIRED QUIET IMPORTED_TARGET GLOBAL ${modules})
  else()
    option(${PACKAGE_OPTION} "${PACKAGE_FOR}: ${module} where it is installed" ON)
    if(${PACKAGE_OPTION})
      pkg_check_modules(${name} QUIET IMPORTED_TARGET GLOBAL ${modules})
      set(state "not installed")
    else()
      set(state "${PACKAGE_OPTION}=OFF")
    endif()
  endif()
  if(TARGET PkgConfig::${name})
    set(version ${${name}_VERSION}${${name}_${module}_VERSION}) # the latter where there are several modules
    set_property(GLOBAL APPEND PROPERTY HM_IN "${module} ${version}: ${PACKAGE_FOR}")
  else()
    set_property(GLOBAL APPEND PROPERTY HM_OUT "${PACKAGE_FOR} (${module} ${state})")
  endif()
endfunction()

hm_package(LIBJPEG libjpeg FOR "JPEG files")
hm_package(OPENSSL openssl FOR "TLS and digests")
hm_package(SQLITE sqlite3 FOR "the store in one file")
hm_package(CJSON libcjson FOR "headers of weights files, JSON out")
# libcsv brings no .pc file.
find_path(CSV_INCLUDE_DIR csv.h REQUIRED)
find_library(CSV_LIBRARY csv REQUIRED)
add_library(hm_libcsv INTERFACE)
target_include_directories(hm_libcsv SYSTEM INTERFACE ${CSV_INCLUDE_DIR})
target_link_libraries(hm_libcsv INTERFACE ${CSV_LIBRARY})
# Without the first three such files are refused by name, without Cairo the gallery is the page
# alone, without libedit lines come as the terminal gives them.
hm_package(PNG libpng FOR "PNG files" OPTION HM_PNG)
hm_package(WEBP libwebp libwebpdemux FOR "WebP files" OPTION HM_WEBP)
hm_package(ARCHIVE libarchive FOR "packed catalogue files" OPTION HM_ARCHIVE)
hm_package(CAIRO cairo FOR "contact sheets" OPTION HM_CAIRO)
hm_package(PANGO pangocairo FOR "every script on contact sheets" OPTION HM_PANGO)
hm_package(EDIT libedit FOR "line editing and history in hmrec cypher" OPTION HM_EDIT)
if(HM_TESTS)
  hm_package(CHECK check FOR "test suites")
endif()
