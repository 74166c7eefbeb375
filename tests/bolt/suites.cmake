hm_check(bolt header)
hm_check(bolt packstream)
foreach(noun pool router) # alone, by many threads
  hm_check(bolt ${noun}
    SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/bolt/servers.c ${CMAKE_CURRENT_SOURCE_DIR}/bolt/notation.c)
endforeach()
foreach(noun dialogue answers) # conversations with servers in memory
  hm_check(bolt ${noun}
    SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/bolt/scenario.c ${CMAKE_CURRENT_SOURCE_DIR}/bolt/dialogue.c
            ${CMAKE_CURRENT_SOURCE_DIR}/bolt/notation.c
    LINK -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup)
endforeach()
hm_check(bolt transport SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/bolt/certificates.c LINK PkgConfig::OPENSSL)

# The example of docs/bolt.md compiles with everything else.
add_executable(bolt_hello ${CMAKE_CURRENT_SOURCE_DIR}/../docs/examples/bolt_hello.c)
target_link_libraries(bolt_hello PRIVATE hm_bolt hm_flags)
