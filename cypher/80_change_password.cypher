// Set another password for the user who asks.
// database: system
// parameters: old STRING, new STRING
// returns: nothing
// servers: >= 4.4
ALTER CURRENT USER SET PASSWORD FROM $old TO $new
