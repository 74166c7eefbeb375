// The databases that the user may see, and whether they can be used.
// database: system
// parameters: none
// returns: name STRING, status STRING
// servers: >= 4.4
SHOW DATABASES YIELD name, currentStatus RETURN name, currentStatus AS status
