// SPDX-License-Identifier: MIT
/** How every fallible function of hmrec reports failure.
 *
 *  A function returns an enum hm_status and takes a `struct hm_error *err` last, which may be NULL.
 *  The library never prints and never exits: it fills the error in and returns. A caller that knows
 *  the object at hand puts it in front: hm_error_prefix(err, "image %s", path).
 */
#ifndef HMREC_STATUS_H
#define HMREC_STATUS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HM_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
// What the shared library exports; the rest of it is hidden.
#define HM_API         __attribute__((visibility("default")))
#define HM_WARN_UNUSED __attribute__((warn_unused_result))

/** What went wrong, as far as a caller may want to act on it. hm_status_name() gives the text of
 *  each. */
enum hm_status {
    HM_OK = 0,
    HM_EARG,         // the caller (in the end: the user) asked for something that cannot be
    HM_ENOMEM,       // memory could not be had
    HM_EIO,          // the operating system refused to read, write, connect
    HM_EFORMAT,      // a file or message is not what its format promises
    HM_ENOTFOUND,    // a file, tensor, product or row does not exist
    HM_ECONFLICT,    // it exists, but belongs to something else (other weights, other writer)
    HM_ETLS,         // the TLS layer refused: certificate, name, protocol
    HM_EPROTO,       // the peer broke the protocol
    HM_ESERVER,      // the server answered with an error; code holds its Neo4j code
    HM_ERETRY,       // as HM_ESERVER or HM_EIO, but the same work may succeed when tried again
    HM_ETIMEOUT,     // a deadline passed
    HM_ECANCELED,    // the user or caller asked to stop
    HM_EUNSUPPORTED, // valid, but not possible on this CPU, server or build
    HM_STATUS_COUNT
};

struct hm_error {
    enum hm_status status;
    /** A server's own code, such as "Neo.ClientError.Security.Unauthorized"; else "". */
    char code[80];
    /** One line for a person, without newline: the thing, what was found, what was expected. */
    char text[512];
};

/** Text for a status, such as "out of memory"; never NULL. */
HM_API const char *hm_status_name(enum hm_status status);

/** Fill *err in (when not NULL; an over-long text is cut) and return status, so that `return
 *  hm_fail(...)` reads well. */
HM_API HM_PRINTF(3, 4) enum hm_status
    hm_fail(struct hm_error *err, enum hm_status status, const char *format, ...);

/** Like hm_fail for HM_EIO, with ": " and the text of errno (as it was at the call) appended. */
HM_API HM_PRINTF(2, 3) enum hm_status hm_fail_errno(struct hm_error *err, const char *format, ...);

/** Put "PREFIX: " in front of err->text. Does nothing when err is NULL. Returns err->status (HM_OK
 *  for NULL). */
HM_API HM_PRINTF(2, 3) enum hm_status
    hm_error_prefix(struct hm_error *err, const char *format, ...);

/** Return from the calling function when expr is not HM_OK; err has been filled in by expr. */
#define HM_TRY(expr)                                                                               \
    do {                                                                                           \
        enum hm_status hm_try_status_ = (expr);                                                    \
        if (hm_try_status_ != HM_OK) return hm_try_status_;                                        \
    } while (0)

#ifdef __cplusplus
}
#endif

#endif
