# SPDX-License-Identifier: MIT
# hm_room(NAME SOURCES a.c b.c [LINK target...] [PRIVATE_LINK target...])
# A room is a static library hm_NAME that shows the others its own folder and nothing else.

add_library(hm_flags INTERFACE)
target_compile_definitions(hm_flags INTERFACE _POSIX_C_SOURCE=200809L _DEFAULT_SOURCE)
target_compile_options(hm_flags INTERFACE
  -fvisibility=hidden -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wpointer-arith -Wcast-qual -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough)
if(HM_WERROR)
  target_compile_options(hm_flags INTERFACE -Werror)
endif()
if(HM_SANITIZE)
  target_compile_options(hm_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
                                            -fno-omit-frame-pointer)
  target_link_options(hm_flags INTERFACE -fsanitize=address,undefined)
endif()

function(hm_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(hm_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(hm_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(hm_${name} PUBLIC ${ROOM_LINK} PRIVATE hm_flags ${ROOM_PRIVATE_LINK})
endfunction()

# hm_embed_texts(OUT SYMBOL file...): text files of this folder as a C table `const struct hm_text SYMBOL[]` (base/text.h).
function(hm_embed_texts out symbol)
  set(files "")
  foreach(file IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH file)
    list(APPEND files ${file})
  endforeach()
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DSYMBOL=${symbol} "-DFILES=${files}" -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
endfunction()
