// Drop a projection that may be there, left by a run that was cut off.
// database: products
// parameters: graph STRING
// returns: name STRING
// servers: >= 4.4
// plugin: GDS >= 1.4
CALL gds.graph.drop($graph, false) YIELD graphName
RETURN graphName AS name
