# SPDX-License-Identifier: MIT
# libhmrec: the rooms that are no program, as one shared and one static library, from the same objects. They show hm_* and bolt_* and
# nothing else: in the shared one visibility sees to that; for the static one all objects are linked into one, whose hidden symbols
# then become local to it.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(rooms base image weights nn bolt cypher store pipeline)
set(object ${PROJECT_BINARY_DIR}/libhmrec.o)

# What the rooms need from outside, as CMake links it, and as flags for the programs that link the static library. Those libraries
# are taken to be shared: the ones that they need in turn, they find themselves.
set(needs "")
foreach(room IN LISTS rooms)
  get_target_property(linked hm_${room} LINK_LIBRARIES)
  list(APPEND needs ${linked})
endforeach()
list(FILTER needs EXCLUDE REGEX "^hm_(flags|base|image|weights|nn|bolt|cypher|store|pipeline)$")
list(REMOVE_DUPLICATES needs)
set(HM_STATIC_LIBS "")
foreach(need IN LISTS needs)
  if(need MATCHES "^PkgConfig::(.+)")
    list(APPEND HM_STATIC_LIBS ${${CMAKE_MATCH_1}_LDFLAGS})
  elseif(NOT need MATCHES "^(hm_libcsv|OpenMP::OpenMP_C|Threads::Threads|m)$")
    message(FATAL_ERROR "cmake/library.cmake: found ${need} in a room's LINK, expected PkgConfig::NAME or one of hm_libcsv, "
      "OpenMP::OpenMP_C, Threads::Threads, m: say here how programs that use libhmrec link it")
  endif()
endforeach()
list(APPEND HM_STATIC_LIBS -lcsv)
foreach(name IN LISTS OpenMP_C_LIB_NAMES) # clang's, unlike gcc's, is where no linker looks
  if(name STREQUAL "omp")
    list(APPEND HM_STATIC_LIBS ${OpenMP_omp_LIBRARY})
  else()
    list(APPEND HM_STATIC_LIBS -l${name})
  endif()
endforeach()
list(APPEND HM_STATIC_LIBS -lpthread -lm)
list(REMOVE_ITEM HM_STATIC_LIBS -L/usr/lib -L/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}) # where every linker looks
list(REMOVE_DUPLICATES HM_STATIC_LIBS)
list(JOIN HM_STATIC_LIBS " " HM_STATIC_LIBS)

list(TRANSFORM rooms PREPEND hm_ OUTPUT_VARIABLE archives)
set(members "")
foreach(archive IN LISTS archives)
  list(APPEND members $<TARGET_FILE:${archive}>)
endforeach()
add_custom_command(OUTPUT ${object}
  COMMAND ${CMAKE_C_COMPILER} -r -nostdlib -o ${object} -Wl,--whole-archive ${members} -Wl,--no-whole-archive
  COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${object}
  DEPENDS ${archives} ${members} COMMENT "Linking the rooms into libhmrec.o" VERBATIM)
set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
add_custom_target(hmrec_object DEPENDS ${object})

add_library(hmrec_shared SHARED ${object})
set_target_properties(hmrec_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
target_link_libraries(hmrec_shared PRIVATE hm_flags ${needs})
target_link_options(hmrec_shared PRIVATE -Wl,-z,defs -Wl,-Bsymbolic-functions)
add_library(hmrec_static STATIC ${object})
foreach(kind shared static)
  add_dependencies(hmrec_${kind} hmrec_object) # Ninja and make alike: the object is made once
  set_target_properties(hmrec_${kind} PROPERTIES OUTPUT_NAME hmrec LINKER_LANGUAGE C
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR} ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  target_include_directories(hmrec_${kind} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
set_target_properties(hmrec_shared PROPERTIES EXPORT_NAME hmrec)

# ---- installation, with a pkg-config module and a CMake package that find themselves wherever the prefix is moved to

install(TARGETS hmrec_shared hmrec_static EXPORT hmrec-targets)
install(DIRECTORY include/hmrec TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
install(FILES LICENSE TYPE DOC)

file(RELATIVE_PATH HM_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/hmrec.pc.in hmrec.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/hmrec.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/hmrec)
configure_package_config_file(cmake/hmrec-config.cmake.in hmrec-config.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(hmrec-config-version.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT hmrec-targets NAMESPACE hmrec:: DESTINATION ${package})
install(FILES ${PROJECT_BINARY_DIR}/hmrec-config.cmake ${PROJECT_BINARY_DIR}/hmrec-config-version.cmake DESTINATION ${package})
