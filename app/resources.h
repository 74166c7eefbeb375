// SPDX-License-Identifier: MIT
/** Weights, stores and folders as the options and the environment name them. */
#ifndef HM_APP_RESOURCES_H
#define HM_APP_RESOURCES_H

#include "app.h"
#include "environment.h"
#include "hmrec/model.h"
#include "hmrec/store.h"
#include "hmrec/weights.h"
#include "server.h"

/** The instruction sets by name; those that this machine lacks are barred. */
const struct app_choice *app_isas(void);
/** What --isa, or else $HMREC_ISA, picked is in .given; NULL: the best. */
#define APP_PICK_ISA                                                                               \
    { .list = app_isas(), .value = APP_UNPICKED, .variable = APP_HMREC_ISA }
#define APP_ISA_OPTION(pick)                                                                       \
    { "isa", 0, APP_CHOICE, "NAME", "instruction set; default $HMREC_ISA, else the best:", pick }
/** The list of --code FROM (enum hm_code_from), with examples for SKU/1.jpg. */
extern const struct app_choice app_code_sources[];
/** The precisions by name: values are rows of hm_precisions. */
const struct app_choice *app_precisions(void);
/** The file that app_open_weights would open; owned by the caller (free). */
HM_WARN_UNUSED enum hm_status app_find_weights(char **path, const char *given,
                                               struct hm_error *err);
/** Open the weights that --weights, the environment or the search order name; says on stderr when
 *  they are random. */
HM_WARN_UNUSED enum hm_status app_open_weights(struct hm_weights **out, const char *given,
                                               struct hm_error *err);
/** What hm_store_open wants to know to open the store that --store or the environment name, with
 *  the credentials of the options and the environment. A password is asked for only if the store
 *  is of a kind that needs a login.
 *  out  its strings live until app_server_forget(server), which is due also after a failure */
HM_WARN_UNUSED enum hm_status app_store_config(struct hm_store_config *out,
                                               struct app_server *server, const char *uri,
                                               bool create, struct hm_error *err);
/** Open the store that --store or the environment name; a server as server.h says, with what
 *  APP_SERVER_OPTIONS were given. */
HM_WARN_UNUSED enum hm_status app_open_store(struct hm_store **out, const char *uri, bool create,
                                             struct hm_error *err);
/** The same to read only: files and folders, too, that the user may not write. */
HM_WARN_UNUSED enum hm_status app_read_store(struct hm_store **out, const char *uri,
                                             struct hm_error *err);

/** Where hmrec's own data files are: beside the folder of the running program when that is an
 *  installed one, wherever its prefix was moved to; else where `cmake --install` would put them.
 *  folder  out, owned by the caller (free)
 *  errors  HM_ENOMEM */
HM_WARN_UNUSED enum hm_status app_share_folder(char **folder, struct hm_error *err);
/** Say on stderr what hm_store_remove took. */
void app_note_removed(const struct hm_store_removed *removed);

/** Make what is missing of the folders of a file ("DIR/": DIR itself), with these permissions.
 *  errors  HM_EIO and the like, naming the folder */
HM_WARN_UNUSED enum hm_status app_make_folders(const char *file, unsigned mode,
                                               struct hm_error *err);
/** Where typed statements are remembered; its folder has been made. NULL: nowhere. Owned by the
 *  caller (free). */
char *app_history_path(void);

/** Say, where embeddings of a model are about to take the place of another one's, that those go out
 *  of sight, also of products that get none. */
HM_WARN_UNUSED enum hm_status app_say_replaced(struct hm_store *store, const char *model,
                                               struct hm_error *err);

#endif
