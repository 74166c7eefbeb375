// Which Graph Data Science plugin the server has.
// database: products
// parameters: none
// returns: version STRING
// servers: >= 4.4
// plugin: GDS >= 1
RETURN gds.version() AS version
