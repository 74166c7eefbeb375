// Neo4j 5's successor of Fabric: one name over both databases, so that the query of 4.x works unchanged.
// database: system
// parameters: products STRING, graph STRING
// returns: nothing
// servers: >= 5
// edition: Enterprise
CREATE COMPOSITE DATABASE fabric IF NOT EXISTS;
CREATE ALIAS fabric.products IF NOT EXISTS FOR DATABASE $products;
CREATE ALIAS fabric.neo4j IF NOT EXISTS FOR DATABASE $graph
