// Which server this is: product, version, edition ("community", "enterprise").
// database: products
// parameters: none
// returns: name STRING, versions LIST<STRING>, edition STRING
// servers: >= 4.4
CALL dbms.components() YIELD name, versions, edition
RETURN name, versions, edition
