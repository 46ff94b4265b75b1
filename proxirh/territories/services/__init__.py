"""What territories decide: which team an enquiry goes to."""
