// Make a database of that name, where the edition can have several, and wait until it is there.
// database: system
// parameters: name STRING
// returns: nothing
// servers: >= 4.4
// edition: Enterprise
CREATE DATABASE $name IF NOT EXISTS WAIT
