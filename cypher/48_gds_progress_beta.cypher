// How far the running jobs of GDS are, as earlier versions call it.
// database: products
// parameters: none
// returns: task STRING, progress STRING
// servers: >= 4.4
// plugin: GDS >= 1.7, < 2.6
CALL gds.beta.listProgress() YIELD taskName, progress
RETURN taskName AS task, progress
