// The names that a database knows, for whoever types one: of labels, relationship types and properties.
// database: products
// parameters: none
// returns: kind STRING, name STRING
// servers: >= 4.4
CALL db.labels() YIELD label
RETURN 'label' AS kind, label AS name
UNION ALL
CALL db.relationshipTypes() YIELD relationshipType
RETURN 'type' AS kind, relationshipType AS name
UNION ALL
CALL db.propertyKeys() YIELD propertyKey
RETURN 'property' AS kind, propertyKey AS name
