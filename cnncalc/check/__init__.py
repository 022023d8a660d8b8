"""Architecture specs in continuous integration: expectations proven, advice given, findings for people and machines."""
