# SPDX-License-Identifier: MIT
# hm_hardening: what makes a memory error harder to use, in every build but sanitizers' (which find more) and Debug (where FORTIFY has
# nothing to go by). tests/library/test_hardening.py looks for each in the binaries. What it costs: one photo from file to .npy, the
# network's packing included, takes 737.6 million instructions with it and 737.5 without (gcc 12, AVX2, one thread, by valgrind
# --tool=callgrind build/release/hmrec embed -t 1 --output x.npy PHOTO), so the kernels have it too.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C) # else position-independent executables are compiled but not linked as such

option(HM_HARDEN "Full RELRO, stack protector, FORTIFY, control-flow protection" ON)
add_library(hm_hardening INTERFACE)
if(HM_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug")
  set_property(GLOBAL APPEND PROPERTY HM_OUT "hardening (${CMAKE_BUILD_TYPE} or sanitizers)")
elseif(NOT HM_HARDEN)
  set_property(GLOBAL APPEND PROPERTY HM_OUT "hardening (HM_HARDEN=OFF)")
else()
  # Level 3 knows the size of allocated blocks too; C library and compiler must both be able to.
  set(CMAKE_REQUIRED_FLAGS "-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3")
  check_c_source_compiles("#include <features.h>
    #if __USE_FORTIFY_LEVEL < 3
    #error
    #endif
    int main(void) { return 0; }" HM_HAS_FORTIFY_3)
  set(level $<IF:$<BOOL:${HM_HAS_FORTIFY_3}>,3,2>)
  target_compile_options(hm_hardening INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=${level})
  target_link_options(hm_hardening INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
  # The last two are x86's and Arm's control-flow protection.
  set(CMAKE_REQUIRED_FLAGS -Werror) # clang only warns of a flag that its target does not have
  foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard)
    string(MAKE_C_IDENTIFIER "HM_HAS${flag}" known)
    check_c_compiler_flag(${flag} ${known})
    if(${known})
      target_compile_options(hm_hardening INTERFACE ${flag})
    endif()
  endforeach()
  unset(CMAKE_REQUIRED_FLAGS)
endif()
