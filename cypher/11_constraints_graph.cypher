// A key for every other label of the H&M graph.
// database: graph
// parameters: none
// returns: nothing
// servers: >= 4.4
CREATE CONSTRAINT uniqueProductType IF NOT EXISTS FOR (n:ProductType) REQUIRE (n.number) IS UNIQUE;
CREATE CONSTRAINT uniqueProductGroup IF NOT EXISTS FOR (n:ProductGroup) REQUIRE (n.name) IS UNIQUE;
CREATE CONSTRAINT uniqueDepartment IF NOT EXISTS FOR (n:Department) REQUIRE (n.number) IS UNIQUE;
CREATE CONSTRAINT uniqueSection IF NOT EXISTS FOR (n:Section) REQUIRE (n.number) IS UNIQUE;
CREATE CONSTRAINT uniqueIndex IF NOT EXISTS FOR (n:Index) REQUIRE (n.code) IS UNIQUE;
CREATE CONSTRAINT uniqueIndexGroup IF NOT EXISTS FOR (n:IndexGroup) REQUIRE (n.number) IS UNIQUE;
CREATE CONSTRAINT uniqueGarmentGroup IF NOT EXISTS FOR (n:GarmentGroup) REQUIRE (n.number) IS UNIQUE;
CREATE CONSTRAINT uniqueGraphicalAppearance IF NOT EXISTS FOR (n:GraphicalAppearance) REQUIRE (n.number) IS UNIQUE;
CREATE CONSTRAINT uniqueColourGroup IF NOT EXISTS FOR (n:ColourGroup) REQUIRE (n.code) IS UNIQUE;
CREATE CONSTRAINT uniquePerceivedColourValue IF NOT EXISTS FOR (n:PerceivedColourValue) REQUIRE (n.id) IS UNIQUE;
CREATE CONSTRAINT uniquePerceivedColourMaster IF NOT EXISTS FOR (n:PerceivedColourMaster) REQUIRE (n.id) IS UNIQUE;
CREATE CONSTRAINT uniqueCustomer IF NOT EXISTS FOR (n:Customer) REQUIRE (n.id) IS UNIQUE
