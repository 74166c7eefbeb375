// Whether a statement can be run at all: by this user, in this database.
// database: products
// parameters: none
// returns: alive BOOLEAN
// servers: >= 4.4
RETURN true AS alive
