# SPDX-License-Identifier: MIT
# hm_summary(): what this build has and what it does without, printed once at the end of configuring.
function(hm_summary)
  get_property(in GLOBAL PROPERTY HM_IN)
  get_property(out GLOBAL PROPERTY HM_OUT)
  list(JOIN in "\n    " in)
  list(JOIN out "\n    " out)
  if(NOT out)
    set(out "nothing")
  endif()
  message(STATUS "hmrec ${PROJECT_VERSION}, ${CMAKE_BUILD_TYPE}, ${CMAKE_SYSTEM_PROCESSOR}, "
    "${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}\n  with\n    ${in}\n  without\n    ${out}")
endfunction()
