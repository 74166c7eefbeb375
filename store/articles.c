// SPDX-License-Identifier: MIT
#include "ops.h"

#define FIELD(member, numbered)                                                                    \
    { offsetof(struct hm_store_article, member), numbered }

const struct store_article_field store_article_fields[STORE_ARTICLE_FIELDS] = {
    FIELD(code, false),         FIELD(product_code, false),  FIELD(name, false),
    FIELD(description, false),  FIELD(product_group, false), FIELD(product_type, true),
    FIELD(department, true),    FIELD(section, true),        FIELD(index_code, false),
    FIELD(index_name, false),   FIELD(index_group, true),    FIELD(garment_group, true),
    FIELD(appearance, true),    FIELD(colour_group, true),   FIELD(colour_value, true),
    FIELD(colour_master, true),
};
