hm_check(bolt header)
hm_check(bolt packstream)
foreach(noun pool router) # alone, by many threads
  hm_check(bolt ${noun}
    SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/bolt/servers.c ${CMAKE_CURRENT_SOURCE_DIR}/bolt/notation.c)
endforeach()
foreach(noun dialogue answers shapes) # conversations with servers in memory
  hm_check(bolt ${noun}
    SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/bolt/scenario.c ${CMAKE_CURRENT_SOURCE_DIR}/bolt/dialogue.c
            ${CMAKE_CURRENT_SOURCE_DIR}/bolt/notation.c
    LINK -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup)
endforeach()
hm_check(bolt transport SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/bolt/certificates.c LINK PkgConfig::OPENSSL)
hm_check(bolt tls_files SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/bolt/certificates.c LINK PkgConfig::OPENSSL)

# The examples of docs/bolt.md compile with everything else.
foreach(example bolt_hello bolt_squares)
  add_executable(${example} ${CMAKE_CURRENT_SOURCE_DIR}/../docs/examples/${example}.c)
  target_link_libraries(${example} PRIVATE hm_bolt hm_flags)
endforeach()
