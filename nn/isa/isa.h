// SPDX-License-Identifier: MIT
/** From the names of an ISA and a precision to their kernels. */
#ifndef NN_ISA_H
#define NN_ISA_H

#include "hmrec/model.h"
#include "isa/kernels.h"

/** The kernels of a usable ISA by the name hm_isa_choose gave; never NULL for such a name. */
const struct nn_kernels *nn_isa_kernels(const char *name);

/** What such an ISA on this CPU multiplies with in a precision.
 *  errors  HM_EUNSUPPORTED: nothing; says what the CPU would need */
HM_WARN_UNUSED enum hm_status nn_isa_product(const struct nn_product **out, const char *isa,
                                             const struct hm_precision *precision,
                                             struct hm_error *err);

#endif
