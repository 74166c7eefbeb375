// How much a database holds, by its counts of nodes, relationships and names.
// database: products
// parameters: none
// returns: what STRING, count INTEGER
// servers: >= 4.4
MATCH (n) RETURN 'nodes' AS what, count(n) AS count
UNION ALL
MATCH ()-[r]->() RETURN 'relationships' AS what, count(r) AS count
UNION ALL
CALL db.labels() YIELD label RETURN 'labels' AS what, count(label) AS count
UNION ALL
CALL db.relationshipTypes() YIELD relationshipType RETURN 'relationship types' AS what, count(relationshipType) AS count
UNION ALL
CALL db.propertyKeys() YIELD propertyKey RETURN 'property names' AS what, count(propertyKey) AS count
