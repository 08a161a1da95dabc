/* The files of this machine, as base_world_system() has them. */
#ifndef BASE_FILES_SYSTEM_H
#define BASE_FILES_SYSTEM_H

#include "base/world.h"

extern const base_files base_files_system;

#endif
