# SPDX-License-Identifier: BSD-3-Clause
# npm ci, unless node_modules already is what package-lock.json says (another build tree did it).
file(SHA256 ${WEB}/package-lock.json wanted)
set(mark ${WEB}/node_modules/.phreatic-lock)
if(EXISTS ${mark})
  file(READ ${mark} present)
endif()
if(NOT "${present}" STREQUAL "${wanted}")
  execute_process(COMMAND ${NPM} ci --no-audit --no-fund --loglevel=error WORKING_DIRECTORY ${WEB} RESULT_VARIABLE status
    OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "npm ci failed in ${WEB} (it needs the npm registry once):\n${output}")
  endif()
  file(WRITE ${mark} ${wanted})
endif()
