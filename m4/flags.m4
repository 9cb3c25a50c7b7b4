# Each flag is probed, never assumed: gcc and clang take different sets. Nothing is written into the
# user's CFLAGS; what is found goes to GIAD_CFLAGS, GIAD_CPPFLAGS and GIAD_LDFLAGS.

# GIAD_TRY_FLAG(VARIABLE, FLAG): adds FLAG to VARIABLE when compiler and linker take it
AC_DEFUN([GIAD_TRY_FLAG], [
        AS_VAR_PUSHDEF([cachevar], [giad_cv_flag_$2])
        AC_CACHE_CHECK([whether $CC takes $2], [cachevar], [
                giad_saved_cflags="$CFLAGS"
                CFLAGS="$CFLAGS -Werror $2"
                AC_LINK_IFELSE([AC_LANG_PROGRAM([[]], [[return 0;]])],
                        [AS_VAR_SET([cachevar], [yes])], [AS_VAR_SET([cachevar], [no])])
                CFLAGS="$giad_saved_cflags"])
        AS_VAR_IF([cachevar], [yes], [$1="$$1 $2"])
        AS_VAR_POPDEF([cachevar])])

AC_DEFUN([GIAD_WARNING_FLAGS], [
        GIAD_CFLAGS="-std=gnu11"
        m4_foreach_w([flag], [-Wall -Wextra -Wformat=2 -Wshadow -Wstrict-prototypes
                -Wmissing-prototypes -Wpointer-arith -Wcast-align=strict -Wcast-qual
                -Wwrite-strings -Wundef -Wvla -Walloca -Wimplicit-fallthrough
                -Wnull-dereference -Wconversion -Wno-sign-conversion -Wduplicated-cond
                -Wlogical-op -Wold-style-definition -Werror=implicit-function-declaration
                -Werror=int-conversion -Werror=incompatible-pointer-types],
                [GIAD_TRY_FLAG([GIAD_CFLAGS], flag)])
        AS_IF([test "$enable_werror" = yes], [GIAD_CFLAGS="$GIAD_CFLAGS -Werror"])
        AC_SUBST([GIAD_CFLAGS])])

AC_DEFUN([GIAD_HARDENING_FLAGS], [
        # without sanitizers a fuzz target would find little
        AS_IF([test "$enable_fuzzing" = yes && test "$enable_sanitizers" = no],
                [enable_sanitizers=address,undefined])
        m4_foreach_w([flag], [-fstack-protector-strong -fstack-clash-protection
                -fcf-protection=full -ftrivial-auto-var-init=zero -fno-strict-aliasing
                -fno-delete-null-pointer-checks -fPIE],
                [GIAD_TRY_FLAG([GIAD_CFLAGS], flag)])
        GIAD_CPPFLAGS=
        # fortified functions hide errors from the sanitizers
        AS_IF([test "$enable_sanitizers" = no && test "$enable_fuzzing" = no],
                [AS_CASE(["$CFLAGS"], [*-O0*|*_FORTIFY_SOURCE*], [],
                        [GIAD_TRY_FLAG([GIAD_CPPFLAGS], [-D_FORTIFY_SOURCE=3])])])
        GIAD_LDFLAGS=
        GIAD_TRY_FLAG([GIAD_LDFLAGS], [-pie])
        GIAD_TRY_FLAG([GIAD_LDFLAGS], [-Wl,-z,relro])
        GIAD_TRY_FLAG([GIAD_LDFLAGS], [-Wl,-z,now])
        GIAD_TRY_FLAG([GIAD_LDFLAGS], [-Wl,-z,noexecstack])
        GIAD_TRY_FLAG([GIAD_LDFLAGS], [-Wl,-z,separate-code])
        GIAD_TRY_FLAG([GIAD_LDFLAGS], [-Wl,--as-needed])
        AC_SUBST([GIAD_CPPFLAGS])
        AC_SUBST([GIAD_LDFLAGS])])

AC_DEFUN([GIAD_INSTRUMENT_FLAGS], [
        AS_IF([test "$enable_sanitizers" != no && test "$enable_sanitizers" != ""], [
                GIAD_CFLAGS="$GIAD_CFLAGS -fsanitize=$enable_sanitizers -fno-omit-frame-pointer -fno-sanitize-recover=all"
                GIAD_LDFLAGS="$GIAD_LDFLAGS -fsanitize=$enable_sanitizers"])
        AS_IF([test "$enable_coverage" = yes], [
                GIAD_CFLAGS="$GIAD_CFLAGS --coverage"
                GIAD_LDFLAGS="$GIAD_LDFLAGS --coverage"])
        AS_IF([test "$enable_fuzzing" = yes], [
                giad_fuzzer=no
                GIAD_TRY_FLAG([giad_fuzzer], [-fsanitize=fuzzer-no-link])
                AS_IF([test "$giad_fuzzer" = no],
                        [AC_MSG_ERROR([--enable-fuzzing needs clang with its run-time libraries: CC=clang])])
                GIAD_CFLAGS="$GIAD_CFLAGS -fsanitize=fuzzer-no-link"])
        AM_CONDITIONAL([INSTRUMENTED], [test "$enable_sanitizers" != no])])
