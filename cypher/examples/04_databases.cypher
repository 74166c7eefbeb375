// The databases that the user may see.
// database: system
// parameters: none
// returns: name STRING
// servers: >= 4.4
SHOW DATABASES YIELD name, currentStatus WHERE currentStatus = 'online' RETURN name
