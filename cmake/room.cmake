# SPDX-License-Identifier: MIT
# hm_room(NAME SOURCES a.c b.c [PUBLIC a.h...] [SHOWS folder...] [LINK target...] [PRIVATE_LINK target...])
# A room is a static library hm_NAME. Whoever links it sees its PUBLIC headers as "hmrec/a.h", and the folders that it SHOWS to
# other rooms; the rest of its folder is seen by its own files alone, so that a wrong include does not compile. Tests and benchmarks
# look inside by linking hm_NAME_internal.

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
if(HM_SANITIZE_THREAD)
  target_compile_options(hm_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
  target_link_options(hm_flags INTERFACE -fsanitize=thread)
endif()

target_link_libraries(hm_flags INTERFACE hm_hardening)

function(hm_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;PUBLIC;SHOWS;LINK;PRIVATE_LINK" ${ARGN})
  add_library(hm_${name} STATIC ${ROOM_SOURCES})
  set(seen ${PROJECT_BINARY_DIR}/include/${name}) # a folder a room: of hmrec/ each sees what it may
  file(MAKE_DIRECTORY ${seen}/hmrec)
  foreach(header IN LISTS ROOM_PUBLIC)
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/include/hmrec/${header} ${seen}/hmrec/${header} SYMBOLIC)
  endforeach()
  list(TRANSFORM ROOM_SHOWS PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  target_include_directories(hm_${name} PUBLIC ${seen} ${ROOM_SHOWS} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(hm_${name} PUBLIC ${ROOM_LINK} PRIVATE hm_flags ${ROOM_PRIVATE_LINK})
  add_library(hm_${name}_internal INTERFACE)
  target_include_directories(hm_${name}_internal INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(hm_${name}_internal INTERFACE hm_${name})
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
