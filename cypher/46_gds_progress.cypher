// How far the running jobs of GDS are.
// database: products
// parameters: none
// returns: task STRING, progress STRING
// servers: >= 4.4
// plugin: GDS >= 2.6
CALL gds.listProgress() YIELD taskName, progress
RETURN taskName AS task, progress
