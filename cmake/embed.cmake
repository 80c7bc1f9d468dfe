# pagewake_embed(TARGET FOLDER): adds the files of FOLDER to the target as
# embedded_files() of app/embedded.h. The folder may be missing; it is looked
# at again at every build.
set(PAGEWAKE_WEB_DIR "${CMAKE_SOURCE_DIR}/dist/web" CACHE PATH
  "what the binary serves to browsers: sdk/* and dashboard/*")

function(pagewake_embed target folder)
  find_program(NODE node REQUIRED)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  add_custom_command(
    OUTPUT ${output}/embedded_files.cc
    COMMAND ${NODE} ${CMAKE_SOURCE_DIR}/script/embed.mjs ${folder} ${output}
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/script/embed.mjs
    COMMENT "Embedding ${folder}"
    VERBATIM)
  target_sources(${target} PRIVATE ${output}/embedded_files.cc)
endfunction()
