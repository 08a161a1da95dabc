/* Include first in files of hot loops: GCC turns plain loops over arrays into vector code at -O3
 * only, and the build's own level is -O2. */
#ifndef FUNC_HOT_H
#define FUNC_HOT_H

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

#endif
